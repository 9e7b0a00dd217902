"""Desired, recorded and live -> a Plan, and what it means for people."""
