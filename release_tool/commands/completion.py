"""Print a script that teaches a shell to complete release-tool's command lines.

Usage:
  release-tool completion (bash | zsh | fish)

Completes commands, options, and the environments, services and service sets of the manifest. Reads files alone: AWS is
never asked.

Examples:
  source <(release-tool completion bash)                                            in ~/.bashrc
  source <(release-tool completion zsh)                                             in ~/.zshrc, after compinit
  release-tool completion fish > ~/.config/fish/completions/release-tool.fish
"""

from __future__ import annotations

from importlib.resources import files

from release_tool.commands import Arguments
from release_tool.console import Console
from release_tool.errors import ExitCode

SHELLS = ("bash", "zsh", "fish")


def run(args: Arguments, console: Console) -> ExitCode:
    (shell,) = (shell for shell in SHELLS if args[shell])
    script = files("release_tool").joinpath(f"shells/completion.{shell}").read_text("utf-8")
    console.say(script.rstrip("\n"))
    return ExitCode.DONE
