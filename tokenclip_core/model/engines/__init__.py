"""What runs the image tower: one small interface, pixels in, visual tokens out.

- choice: Which engine runs a model, and why: the quickest one installed that gives the same results as torch.
- conversion: From torch to a network that other engines run: traced once, written as ONNX, and checked before it is
  trusted.
- exchangeable: An engine behind which another one computes, which may be exchanged while inspectors use it.
- guarded: An engine on an accelerator whose faults don't end the work: batches get smaller, or the processor takes
  over.
- interface: What every engine gives: visual tokens of normalised pixels, in arrays that scoring understands.
- interim: Torch runs a model that was not converted yet; where it is converted meanwhile, the quicker engine takes
  over.
- network: A converted image tower on a disk: a graph, where its weights lie, and what to check it with; without
  torch.
- network_engine: What engines of converted networks share: inputs, taps, and the model in torch for what they can't
  do.
- onnxruntime_engine: The image tower in ONNX Runtime: what other programs run, and a second opinion on a conversion.
- openvino_engine: The image tower in OpenVINO: the quicker way on a processor.
- openvino_library: Imports the package openvino without its part that sends statistics of its use over the network.
- positions: Learned positions on another grid, in numpy: what torch's interpolation does, as two small matrices.
- torch_engine: The image tower in torch: what training uses, and what every other engine is checked against.
"""
