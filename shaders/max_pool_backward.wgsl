// Gradient of max pooling: each pixel asks the windows that saw it whether it won; no atomics.
// Formula: dx[b,iy,ix,c] = Σ over windows (oy,ox) whose winner is this pixel of dy[b,oy,ox,c].
// Shapes: dy [n,oh,ow,c4] vec4, winner [n,oh,ow,c4] u32 (4 bytes), dx [n,h,w,c4] vec4.
// Grid: one thread for each vec4 of dx; workgroups of 64.
// Template: K window side, S stride.
// Reference: engine/reference/max_pool.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.n * params.h * params.w * params.c4) {
    return;
  }
  let c = index % params.c4;
  let ix = (index / params.c4) % params.w;
  let iy = (index / (params.c4 * params.w)) % params.h;
  let b = index / (params.c4 * params.w * params.h);
  var acc = vec4f(0);
  //# for ky in 0..K
  {
    let ty = i32(iy) + params.before_y - ${ky};
    if (ty >= 0 && ty % ${S} == 0 && ty / ${S} < i32(params.oh)) {
      //# for kx in 0..K
      {
        let tx = i32(ix) + params.before_x - ${kx};
        if (tx >= 0 && tx % ${S} == 0 && tx / ${S} < i32(params.ow)) {
          let o = ((b * params.oh + u32(ty / ${S})) * params.ow + u32(tx / ${S})) * params.c4 + c;
          let taps = (vec4u(winner[o]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u);
          acc += select(vec4f(0), dy[o], taps == vec4u(${ky * K + kx}u));
        }
      }
      //# end
    }
  }
  //# end
  dx[index] = acc;
}
