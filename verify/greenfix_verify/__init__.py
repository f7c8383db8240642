"""From two trees and a command to evidence and a verdict. Knows nothing of smells: it can verify any change."""
