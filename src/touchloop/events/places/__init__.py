"""Place recognition from events, and a simulated corridor to try it in."""
