"""Pools in, figures out: rules, measures, status, findings, explanations."""
