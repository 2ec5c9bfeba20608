/** Why WebGPU cannot be used here, or undefined where there is an adapter. */
export async function reasonAgainstWebGpu(): Promise<string | undefined> {
  // Absent in older browsers and outside secure contexts, whatever the types say.
  const gpu = (navigator as { gpu?: GPU }).gpu;
  if (!gpu) return 'this browser has no WebGPU (or the page is not on https or localhost)';
  try {
    return (await gpu.requestAdapter())
      ? undefined
      : 'this browser has WebGPU, but no adapter for it';
  } catch (error) {
    return `the WebGPU adapter could not be had: ${String(error)}`;
  }
}

/**
 * Calls `report` when a device that is made in this worker gets lost. The engine makes its device
 * itself and does not tell, so the request is listened to on its way.
 */
export function onDeviceLost(report: (message: string) => void): void {
  if (!('GPUAdapter' in globalThis)) return;
  const prototype = GPUAdapter.prototype;
  // Called below on the adapter it belongs to.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const requestDevice = prototype.requestDevice;
  prototype.requestDevice = async function (
    this: GPUAdapter,
    descriptor?: GPUDeviceDescriptor,
  ): Promise<GPUDevice> {
    const device = await requestDevice.call(this, descriptor);
    void device.lost.then(({ message }) => {
      report(message);
    });
    return device;
  };
}
