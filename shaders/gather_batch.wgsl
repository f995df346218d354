// Makes a batch out of the data set that lies on the device as bytes: picks images, crops them out
// of a padded frame, flips them, normalises, cuts a square out. A large data set lies in several
// buffers: a dispatch sees images begin … end - 1 and writes the positions of the batch that show one.
// Formula: y[b,i,j,c] = (byte / 255 - mean[c]) / deviation[c] at the source pixel; 0 outside the image
//          and inside the square of `cutout` pixels.
// Shapes: bytes [end - begin,h,w,c] u8 packed into u32, labels [images] u8 packed into u32, indices
//         [batches of n] u32, moments [2,4] (mean, then deviation), y [n,h,w,1] vec4, batch_labels [n].
// Grid: one thread for each pixel of the batch; workgroups of 64. At most 4 channels.
// Reference: engine/reference/gather_batch.ts

// Whether a pixel lies in the square cut out of position b. The high bit keeps its draws apart from
// those of the crop. A corner may lie so far down or right that the square leaves the image.
fn is_cut(b: u32, i: u32, j: u32) -> bool {
  let stream = pcg_hash(params.seed);
  let top = pcg_hash(stream ^ (0x80000000u + 2u * b)) % params.h;
  let left = pcg_hash(stream ^ (0x80000000u + 2u * b + 1u)) % params.w;
  return i >= top && i - top < params.cutout && j >= left && j - left < params.cutout;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.n * params.h * params.w) {
    return;
  }
  let j = index % params.w;
  let i = (index / params.w) % params.h;
  let b = index / (params.w * params.h);
  let image = indices[params.first + b];
  if (image < params.begin || image >= params.end) {
    return;
  }
  if (i == 0u && j == 0u) {
    batch_labels[b] = (labels[image / 4u] >> (image % 4u * 8u)) & 255u;
  }

  var source_y = i32(i);
  var source_x = i32(j);
  var inside = true;
  if (params.augment == 1u) {
    let stream = pcg_hash(params.seed);
    let span = 2u * params.pad + 1u;
    if (params.flip == 1u && (pcg_hash(stream ^ (3u * b + 2u)) & 1u) == 1u) {
      source_x = i32(params.w) - 1 - source_x;
    }
    source_y += i32(pcg_hash(stream ^ (3u * b)) % span) - i32(params.pad);
    source_x += i32(pcg_hash(stream ^ (3u * b + 1u)) % span) - i32(params.pad);
    inside = source_y >= 0 && source_x >= 0 && source_y < i32(params.h) &&
      source_x < i32(params.w) && !is_cut(b, i, j);
  }
  var value = vec4f(0);
  if (inside) {
    let row = (image - params.begin) * params.h + u32(source_y);
    let first = (row * params.w + u32(source_x)) * params.c;
    for (var c = 0u; c < params.c; c++) {
      let at = first + c;
      let byte = (bytes[at / 4u] >> (at % 4u * 8u)) & 255u;
      value[c] = (f32(byte) / 255.0 - moments[0][c]) / moments[1][c];
    }
  }
  y[index] = value;
}
