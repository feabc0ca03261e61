"""The window of TokenCLIP Inspector (Qt): views, controllers and workers around `tokenclip_core`."""
