"""A program that is run, watched and repaired, whatever moves the arms."""
