"""What an approver decides by: the checks, links, samples and costs of a campaign, what changed, and the page."""
