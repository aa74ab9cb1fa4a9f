"""Codes and texts: what enough units wrote comes back, what few wrote does not."""

from __future__ import annotations
