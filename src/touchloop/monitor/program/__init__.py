"""Programs of skills and conditions: the language, its registry, its meaning and its behaviour trees."""
