"""What the tool feels: wrenches and marker fields."""
