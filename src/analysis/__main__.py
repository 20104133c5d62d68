"""``python -m analysis`` does what ``sotc`` does."""

from analysis.cli import main

if __name__ == "__main__":
    main()
