"""WeCom's customer service (微信客服): calls only say that there is something, messages are read page by page."""
