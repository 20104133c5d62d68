"""A publisher's file becomes a verified raw table: snapshot, readers, record, pull; touches the catalogue."""
