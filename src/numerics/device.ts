// Where matrix products are computed. ONNX Runtime comes with a CPU and a WebGPU provider; CUDA's has to be installed.

/** Devices for float32 products. Those in float64 go to CUDA as well; WebGPU has no float64: they stay on the CPU. */
export const DEVICES = ['cpu', 'cuda', 'webgpu'] as const;

export type Device = (typeof DEVICES)[number];

/** What to do when a device cannot be had. */
export const DEVICE_ADVICE: Readonly<Record<Device, string>> = {
  cpu: 'install onnxruntime-node again for this machine',
  cuda: 'it takes an NVIDIA GPU with its driver, CUDA 12 and cuDNN 9, and ONNX Runtime’s CUDA libraries (interbrain doctor --install-cuda); or take --device cpu',
  webgpu: 'it takes a GPU with a driver for Vulkan, Metal or Direct3D 12; or take --device cpu',
};

/**
 * Whether a device computes in float64 at all. What ONNX Runtime's provider lacks it would hand to the CPU itself,
 * but by way of the device and back.
 */
export function hasFloat64(device: Device): boolean {
  return device !== 'webgpu';
}

/**
 * Keeps CUDA from rounding float32 factors to 10 bits of mantissa (TF32), which its provider does by default and
 * which costs R² three digits. CUDA's libraries read this when they are loaded.
 */
export function forbidTf32(): void {
  process.env['NVIDIA_TF32_OVERRIDE'] = '0';
}
