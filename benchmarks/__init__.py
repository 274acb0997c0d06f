"""What a deployment costs with release-tool and with what people would use instead, measured on one machine."""
