"""The verbs that put rooms together: tables, report, profiles, site, verify, new edition; touches every room below."""
