"""What people write down: waterings and harvests."""
