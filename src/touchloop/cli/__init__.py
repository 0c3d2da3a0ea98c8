"""The ``touchloop`` command, one file a subcommand."""
