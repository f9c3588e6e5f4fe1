"""The channel of drills: what staff write there reaches nobody (`backend/domain/drill.py`)."""
