"""A raw table becomes the publisher's facts: renamed, typed, flagged, nothing derived; touches sources."""
