"""Lessons: a question, what the student expects, the run beside it, and why it came out as it did.

predictions.py is what can be asked, runs.py what is run for it and drawn, lesson.py what one lesson is. The entries
stand in chapters (depth.py, steps.py, pitfalls.py) and table.py puts them in order; session.py remembers where a
visitor is.
"""
