"""`python -m viz` starts the app."""

from viz.server.command import main

if __name__ == "__main__":
    main()
