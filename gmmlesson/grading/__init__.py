"""Grading a class with nbgrader: submissions are mended, and judged where students' code cannot reach.

nbgrader is not needed to take the course, and nothing here is imported by the lessons. Only `preprocessors`
imports nbgrader, which finds it by the settings that tools/editions.py writes.
"""
