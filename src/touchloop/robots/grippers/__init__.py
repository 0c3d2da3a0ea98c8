"""Grippers of real arms: from a width to what a driver takes, and a stand-in of such drivers."""
