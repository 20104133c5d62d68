"""One module per publisher's file: the publisher's facts as observations, renamed, typed and flagged, nothing derived."""
