// Tells whether subgroups work: every lane reports the size and the number of lane 3 of its own.
// Formula: report[lane] = (subgroup size, subgroupBroadcast(lane, 3)).
// Shapes: report [64] vec2u.
// Grid: one workgroup of 64 threads.
// Reference: engine/webgpu/subgroups.ts

@group(0) @binding(0) var<storage, read_write> report: array<vec2u>;

@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_size) size: u32,
) {
  report[lane] = vec2u(size, subgroupBroadcast(lane, 3u));
}
