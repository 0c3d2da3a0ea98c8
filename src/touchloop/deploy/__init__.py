"""Deployment: two hosts, sockets, security policies, real-time set-up of a machine."""
