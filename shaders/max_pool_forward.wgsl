// Maximum over K x K windows; remembers which tap won, one byte a channel.
// Formula: y[b,oy,ox,c] = max over taps inside the image; the first maximum in row-major order wins, but
//          NaN wins over every number and over NaN before it, as in PyTorch.
// Shapes: x [n,h,w,c4] vec4, y [n,oh,ow,c4] vec4, winner [n,oh,ow,c4] u32 (4 bytes: ky*K+kx).
// Grid: one thread for each (b, oy, strip of P, c4); workgroups of 64.
// Template: P pixels, K window side, S stride.
// Reference: engine/reference/max_pool.ts

const LOWEST = -3.4028234e38;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let strips = (params.ow + ${P - 1}u) / ${P}u;
  if (index >= params.n * params.oh * strips * params.c4) {
    return;
  }
  let c = index % params.c4;
  let ox = ((index / params.c4) % strips) * ${P}u;
  let oy = (index / (params.c4 * strips)) % params.oh;
  let b = index / (params.c4 * strips * params.oh);
  let left = i32(ox * ${S}u) - params.before_x;
  let last = i32(params.w) - 1;

  //# for p in 0..P
  var best_${p} = vec4f(LOWEST);
  var tap_${p} = vec4u(0);
  var found_${p} = false;
  //# end
  for (var ky = 0u; ky < ${K}u; ky++) {
    let iy = i32(oy * ${S}u + ky) - params.before_y;
    if (iy < 0 || iy >= i32(params.h)) {
      continue;
    }
    let row = (b * params.h + u32(iy)) * params.w;
    //# for t in 0..(P-1)*S+K
    let x_${t} = x[(row + u32(clamp(left + ${t}, 0, last))) * params.c4 + c];
    let inside_${t} = left + ${t} >= 0 && left + ${t} <= last;
    //# end
    //# for kx in 0..K
    //# for p in 0..P
    {
      // The first pixel inside always wins, so that a window of -infinity has a winner too.
      let larger = (x_${p * S + kx} > best_${p}) & !are_nan(best_${p});
      let wins = vec4<bool>(inside_${p * S + kx}) &
        (larger | are_nan(x_${p * S + kx}) | vec4<bool>(!found_${p}));
      best_${p} = select(best_${p}, x_${p * S + kx}, wins);
      tap_${p} = select(tap_${p}, vec4u(ky * ${K}u + ${kx}u), wins);
      found_${p} = found_${p} || inside_${p * S + kx};
    }
    //# end
    //# end
  }

  let base = ((b * params.oh + oy) * params.ow + ox) * params.c4 + c;
  //# for p in 0..P
  if (ox + ${p}u < params.ow) {
    y[base + ${p}u * params.c4] = best_${p};
    winner[base + ${p}u * params.c4] = tap_${p}.x | (tap_${p}.y << 8u) | (tap_${p}.z << 16u) | (tap_${p}.w << 24u);
  }
  //# end
}
