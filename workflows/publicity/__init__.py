"""What the public sees and does without an account: postings, objections, votes of the public."""
