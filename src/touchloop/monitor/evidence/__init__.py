"""What shows how a step stands: geometry, couplers, forces, and how far all that is usual."""
