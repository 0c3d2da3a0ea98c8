"""``touchloop vlm serve``: the embedded model as an OpenAI-style endpoint."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Serve:
    """Answer POST /v1/chat/completions with data-URI pictures, as model servers do; Ctrl-C ends it."""

    port: int = 8093
    """0 for any free one."""
    host: str = "127.0.0.1"
    """Address to listen on; anyone who reaches it may ask."""
    weights: Path | None = None
    """Folder; default weights/vlm."""

    def run(self) -> int:
        """Serve until interrupted."""
        from touchloop.monitor.vlm.embedded import EmbeddedModel
        from touchloop.monitor.vlm.server import VlmServer

        with VlmServer(EmbeddedModel.load(self.weights), self.port, self.host) as server:
            print(f"{server.base_url}, model touchloop-vlm; Ctrl-C ends it", flush=True)
            server.serve_forever()
        return 0
