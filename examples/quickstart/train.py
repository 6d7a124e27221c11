"""Train a small neural network on handwritten digits; print one metric line an epoch.

The script knows nothing of amt: hyperparameters are command-line arguments, folders come in
SM_* variables, as in any SageMaker script-mode training.
"""

import argparse
import os
import pathlib
import pickle
import signal
import sys

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning-rate", type=float, default=0.001)
    parser.add_argument("--hidden-units", type=int, default=32)
    parser.add_argument("--weight-decay", type=float, default=0.0001)
    parser.add_argument("--activation", default="relu")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR", "model"))
    return parser.parse_args()


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    images, labels = load_digits(return_X_y=True)
    train_x, valid_x, train_y, valid_y = train_test_split(
        images, labels, test_size=0.3, random_state=0, stratify=labels
    )
    scaler = StandardScaler().fit(train_x)
    train_x, valid_x = scaler.transform(train_x), scaler.transform(valid_x)

    network = MLPClassifier(
        hidden_layer_sizes=(args.hidden_units,),
        activation=args.activation,
        learning_rate_init=args.learning_rate,
        alpha=args.weight_decay,
        random_state=0,
    )
    for epoch in range(1, args.epochs + 1):
        network.partial_fit(train_x, train_y, classes=np.unique(labels))
        accuracy = network.score(valid_x, valid_y)
        loss = log_loss(valid_y, network.predict_proba(valid_x))
        print(
            f"epoch={epoch} validation-accuracy={accuracy:.5f} validation-loss={loss:.5f}",
            flush=True,
        )

    folder = pathlib.Path(args.model_dir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.pkl").write_bytes(pickle.dumps((scaler, network)))


if __name__ == "__main__":
    main()
