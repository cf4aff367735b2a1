"""The net: luma in, five maps of a quarter of its size out (card, machine readable zone, number, portrait, words; 0..1).

Fully convolutional, so any size whose sides are multiples of 32 works. Depthwise separable after the first layer, because the budget
is about 7 ms on one core in cv::dnn; a map at 1/32 sees a whole document (dilated convolutions are slow there).
"""

import copy

import cv2
import torch
from torch import nn

MAPS = 5

def unit(inputs, outputs, kernel=3, stride=1, groups=1, dilation=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, dilation * (kernel // 2), dilation, groups, bias=False),
                         nn.BatchNorm2d(outputs), nn.ReLU())


def separable(inputs, outputs, stride=1, dilation=1):
    return nn.Sequential(unit(inputs, inputs, 3, stride, inputs, dilation), unit(inputs, outputs, 1))


class Residual(nn.Module):
    def __init__(self, channels, dilation=1):
        super().__init__()
        self.body = separable(channels, channels, 1, dilation)

    def forward(self, x):
        return x + self.body(x)


def twice(x):
    return nn.functional.interpolate(x, scale_factor=2, mode="nearest")


class Net(nn.Module):
    """Input N x 1 x H x W: luma of mean 0 and deviation 1; output N x 5 x H/4 x W/4 logits.

    The last layers work at an eighth of the size and say four values a cell, one for each quarter of it (sub-pixel
    convolution, Shi et al. 2016, arXiv 1609.05158): in OpenCV 4.6 layers at a quarter of the size cost most, and the first is one
    convolution of stride 4 for the same reason. What is saved there is spent on layers that see more.
    """

    def __init__(self, quarter=16, eighth=40, sixteenth=96, last=160):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, quarter, 6, 4, 1, bias=False), nn.BatchNorm2d(quarter), nn.ReLU())
        self.quarter = separable(quarter, quarter)
        self.eighth = nn.Sequential(separable(quarter, eighth, 2), *(Residual(eighth) for _ in range(3)))
        self.sixteenth = nn.Sequential(separable(eighth, sixteenth, 2), *(Residual(sixteenth) for _ in range(4)))
        self.last = nn.Sequential(separable(sixteenth, last, 2), *(Residual(last) for _ in range(4)))
        self.up0, self.merge0 = unit(last, sixteenth, 1), Residual(sixteenth)
        self.up1, self.merge1 = unit(sixteenth, eighth, 1), Residual(eighth)
        self.head = nn.Conv2d(eighth, 4 * MAPS, 1)
        nn.init.constant_(self.head.bias, -3.0)

    def cells(self, x):
        """N x 20 x H/8 x W/8 logits: upper left, upper right, lower left, lower right of the first map, then of the second."""
        eighth = self.eighth(self.quarter(self.stem(x)))
        sixteenth = self.sixteenth(eighth)
        sixteenth = self.merge0(sixteenth + twice(self.up0(self.last(sixteenth))))
        return self.head(self.merge1(eighth + twice(self.up1(sixteenth))))

    def forward(self, x):
        return nn.functional.pixel_shuffle(self.cells(x), 2)


class Probabilities(nn.Module):
    """The net as it is shipped: probabilities instead of logits, of cells, which the caller puts in place."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return torch.sigmoid(self.net.cells(x))


def folded(module):
    """Folds every batch norm into the convolution before it, in place."""
    for name, child in module.named_children():
        if isinstance(child, nn.Sequential) and len(child) == 3 and isinstance(child[1], nn.BatchNorm2d):
            fused = nn.utils.fusion.fuse_conv_bn_eval(child[0], child[1])
            setattr(module, name, nn.Sequential(fused, child[2]))
        else:
            folded(child)
    return module


def convolutions(path):
    """(weight, bias) of every convolution of an ONNX file, in the order in which they are used."""
    file = cv2.dnn.readNetFromONNX(path)
    layers = (file.getLayer(name) for name in file.getLayerNames())
    blobs = (layer.blobs for layer in layers if layer.type == "Convolution")
    return [(torch.from_numpy(weight.copy()), torch.from_numpy(bias.copy()).flatten()) for weight, bias in blobs]


@torch.no_grad()
def restored(path, images):
    """The net of an exported file, to go on training. images: N x 1 x H x W luma as in training, 64 or more.

    The file has no batch norms any more, they are folded into the convolutions; they come back with the mean and variance
    that `images` have there, and with the scale and shift that undo them: the net says what it said.
    """
    net, pairs = Net().eval(), convolutions(path)
    modules = [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))]
    bias = {}
    for k, module in enumerate(modules):
        if isinstance(module, nn.Conv2d):
            weight, shift = pairs.pop(0)
            module.weight.copy_(weight)
            if module.bias is not None:
                module.bias.copy_(shift)
            else:
                bias[modules[k + 1]] = shift

    def undo(norm, inputs):
        variance, mean = torch.var_mean(inputs[0], (0, 2, 3), unbiased=False)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.copy_(bias[norm] + mean)

    hooks = [norm.register_forward_pre_hook(undo) for norm in bias]
    net(images)
    for hook in hooks:
        hook.remove()
    assert not pairs
    return net.train()


def export(net, path):
    """Writes ONNX opset 11, which OpenCV 4.6 loads; `net` itself stays as it is."""
    plain = folded(copy.deepcopy(net).eval())
    torch.onnx.export(Probabilities(plain), torch.zeros(1, 1, 384, 640), path, opset_version=11, input_names=["luma"],
                      output_names=["maps"])
