"""Publication beyond the report: open tables, ward profiles, the site."""
