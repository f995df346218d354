// Gradient of average pooling: each pixel gathers its share of the windows that saw it.
// Formula: dx[b,iy,ix,c] = Σ over windows (oy,ox) that hold the pixel of dy[b,oy,ox,c] / count(oy,ox).
// Shapes: dy [n,oh,ow,c4] vec4, dx [n,h,w,c4] vec4.
// Grid: one thread for each vec4 of dx; workgroups of 64.
// Template: K window side, S stride.
// Reference: engine/reference/avg_pool.ts (backward)

// Rows (or columns) of a window that lie inside an image of that size.
fn inside(o: i32, before: i32, size: u32) -> i32 {
  let first = o * ${S} - before;
  return min(first + ${K - 1}, i32(size) - 1) - max(first, 0) + 1;
}

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
      let rows = inside(ty / ${S}, params.before_y, params.h);
      //# for kx in 0..K
      {
        let tx = i32(ix) + params.before_x - ${kx};
        if (tx >= 0 && tx % ${S} == 0 && tx / ${S} < i32(params.ow)) {
          let o = ((b * params.oh + u32(ty / ${S})) * params.ow + u32(tx / ${S})) * params.c4 + c;
          acc += dy[o] / f32(rows * inside(tx / ${S}, params.before_x, params.w));
        }
      }
      //# end
    }
  }
  //# end
  dx[index] = acc;
}
