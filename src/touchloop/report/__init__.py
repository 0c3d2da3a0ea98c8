"""Looking at a run: report, video and live view."""
