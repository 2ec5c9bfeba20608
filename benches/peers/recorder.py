"""The interface of networks.py as JSON: the calls that describe a network, for web/graph.mjs to make on a peer's operations."""


class Recorder:
    def __init__(self):
        self.calls, self.count = [], 0

    def value(self):
        """What a call gives, or an input, in the arguments of others."""
        self.count += 1
        return {"value": self.count - 1}

    def __getattr__(self, operation):
        def record(*given, **options):
            pieces = [self.value() for _ in given[1]] if operation == "split" else None
            made = pieces or self.value()
            self.calls.append({"operation": operation, "given": given, "options": options, "made": made})
            return list(pieces) if pieces else made

        return record

    def graph(self, inputs, output, weights):
        """All that is needed to run the network, and which of the weights it uses are learnt."""
        used = [name for name in weights if any(self._uses(call, name) for call in self.calls)]
        # Principal components are measured, not learnt.
        learnt = [name for name in used if not name.startswith("principal.")]
        return {"inputs": inputs, "calls": self.calls, "output": output, "weights": used, "learnt": learnt}

    @staticmethod
    def _uses(call, name):
        return any(part in (name, name.rpartition(".")[0]) for part in call["given"] if isinstance(part, str))
