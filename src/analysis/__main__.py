"""``python -m analysis`` does what ``sotc`` does."""

from analysis.cli import main

main()
