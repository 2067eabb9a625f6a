"""Topics: labeling functions, a labeler trained on annotations, and the stage that labels papers."""
