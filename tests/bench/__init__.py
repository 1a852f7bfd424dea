"""What nablint costs: `npm run bench`."""
