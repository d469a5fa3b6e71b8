"""Trains a small LSTM on the latch with PyTorch, and saves it: as it is, and with the rows in another library's order.

Run: python make.py FOLDER. The same text gives the same files.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

STEPS, UNITS = 20, 2


class Latch(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, UNITS, batch_first=True)
        self.fc = nn.Linear(UNITS, 2)
        with torch.no_grad():
            self.lstm.bias_ih_l0[2:4] = 3.0  # the forget gate's block

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


def batch(size):
    """Step 1 shows A or B, all later ones noise from -1 to 1, as the task “latch” has it."""
    letter = torch.randint(2, (size,))
    x = torch.zeros(size, STEPS, 3)
    x[torch.arange(size), 0, letter] = 1.0
    x[:, 1:, 2] = 2 * torch.rand(size, STEPS - 1) - 1
    return x, letter


def train(net, updates):
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-2)
    for _ in range(updates):
        x, letter = batch(32)
        loss = nn.functional.cross_entropy(net(x), letter)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    return loss.item()


def reordered(state, order):
    """The same numbers, the LSTM's blocks of rows in another order; “ifgo” is PyTorch's."""
    out = {}
    for name, tensor in state.items():
        if name.startswith("lstm."):
            block = dict(zip("ifgo", tensor.chunk(4)))
            tensor = torch.cat([block[gate] for gate in order])
        out[name] = tensor.contiguous()
    return out


def accuracy(net):
    x, letter = batch(1000)
    with torch.no_grad():
        return (net(x).argmax(1) == letter).float().mean().item()


def main(folder):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net = Latch()
    loss = train(net, 1000)
    state = net.state_dict()
    for name, tensor in state.items():
        print(name, tuple(tensor.shape))
    print("loss", loss, "accuracy", accuracy(net))
    save_file(state, folder / "net_a.safetensors")
    save_file(reordered(state, "iofg"), folder / "net_b.safetensors")
    other = Latch()
    other.load_state_dict(reordered(state, "iofg"))
    print("in another order: accuracy", accuracy(other))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
