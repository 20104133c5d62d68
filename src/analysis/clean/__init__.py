"""One module per publisher's file: facts as observations, renamed, typed and flagged, nothing derived."""
