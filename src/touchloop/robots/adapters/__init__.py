"""From the project's targets to a controller's commands: one file a family."""
