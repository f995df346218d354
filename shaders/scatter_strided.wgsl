// Spreads pixels over a grid of stride S and fills the gaps with zeros: the geometric part of the
// input gradient of a strided 1x1 convolution.
// Formula: y[b, oy*S+shift, ox*S+shift, c] = x[b,oy,ox,c], all other pixels 0.
// Shapes: x [n,oh,ow,c4] vec4, y [n,h,w,c4] vec4.
// Grid: one thread for each vec4 of x; workgroups of 64.
// Template: S stride.
// Reference: engine/reference/conv2d.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.n * params.oh * params.ow * params.c4) {
    return;
  }
  let c = index % params.c4;
  let ox = (index / params.c4) % params.ow;
  let oy = (index / (params.c4 * params.ow)) % params.oh;
  let b = index / (params.c4 * params.ow * params.oh);
  let value = x[index];
  //# for i in 0..S
  //# for j in 0..S
  {
    let iy = oy * ${S}u + ${i}u;
    let ix = ox * ${S}u + ${j}u;
    if (iy < params.h && ix < params.w) {
      let seen = params.shift == ${i}u && params.shift == ${j}u;
      y[((b * params.h + iy) * params.w + ix) * params.c4 + c] = select(vec4f(0), value, seen);
    }
  }
  //# end
  //# end
}
