"""OPS.md: which public functions of TensorFlow and Keras are known, which are not and why, and which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from textwrap import fill

from nablint.lower.calls import SPECIAL
from nablint.ops import BY_NAME, ROWS
from nablint.ops.names import canonical

UNMODELLED: Mapping[str, str] = {
    "Strings, files and parsing": "as_string decode_* encode_* fingerprint matching_files parse_* *read_file "
    "write_file reduce_join regex_replace serialize_* string_* substr deserialize_many_sparse edit_distance load_* "
    "make_ndarray make_tensor_proto import_graph_def get_logger",
    "Sparse and ragged tensors, and sessions' handles": "sparse_* *ragged* *sparse convert_to_tensor_or_* "
    "delete_session_tensor get_session_* deserialize serialize ctc* *_candidate_sampler compute_accidental_hits "
    "embedding_lookup* safe_embedding_lookup_sparse nce_loss sampled_softmax_loss collapse_repeated",
    "Graphs, variables, scopes and collections": "*_scope *variable* *collection* control_* colocate_with container "
    "device get_default_* get_seed group init_scope inside_function initialize_* no_op NoGradient no_gradient "
    "NotDifferentiable reset_default_graph set_random_seed *initializer tables_initializer tuple wrap_function "
    "executing_eagerly_outside_functions enable_* disable_* *_enabled is_symbolic_tensor placeholder* make_template "
    "add_check_numerics_ops Print assign assign_* count_up_to fixed_size_partitioner min_max_variable_partitioner "
    "type_spec_from_value register_tensor_conversion_function identity_n guarantee_const check_pinned timestamp "
    "get_current_name_scope get_static_value get_uid update update_* moving_average_update set_* get_* clear_session "
    "eval batch_get_value batch_set_value count_params name_scope dimension_* is_numeric_tensor gradients hessians "
    "no_regularizer parallel_stack nondifferentiable_batch_function view convert_to_numpy map jvp "
    "is_float_dtype is_int_dtype is_sparse result_type standardize_dtype get serialize confusion_matrix",
    "Assertions": "Assert assert_* verify_tensor_all_finite",
    "Loops and functions of functions": "case foldl foldr map_fn scan while_loop fori_loop associative_scan fold "
    "vectorize vectorized_map custom_gradient numpy_function py_func py_function rnn *_rnn rnn* switch_case",
    "Random numbers": "*random* multinomial truncated_normal dropout sobol_sample *shuffle",
    "Convolutions, pooling and pictures": "*conv* *pool* pool2d pool3d *_patches extract_sequences depth_to_space "
    "space_to_* batch_to_space* required_space_to_batch_paddings dilation2d erosion2d lrn "
    "local_response_normalization resize_* spatial_*_padding temporal_padding unfold psnr with_space_to_batch "
    "isotonic_regression fused_batch_norm batch_norm_with_global_normalization",
    "Signals and complex numbers": "*fft *fft2 fft* ifft* irfft* rfft* stft istft complex polar view_as_* to_complex* "
    "bartlett blackman hamming hanning kaiser correlate",
    "Decompositions and solvers": "cholesky* *eig* *svd *qr det matrix_determinant *inv* lu* *logdet *solve* lstsq "
    "expm logm sqrtm matrix_rank matrix_square_root pinv tridiagonal_* banded_* matrix_triangular_solve "
    "matrix_solve* multi_hot cdist kron vander",
    "Rarer diagonals": "set_diag matrix_set_diag tensor_diag* diag_part matrix_diag tf.diag diagflat",
    "Integers and bits": "bitwise_* bitcast left_shift right_shift gcd lcm ldexp perm comb factorial isqrt "
    "sumprod prod",
    "Results whose shape or order the values decide": "unique* bincount searchsorted digitize histogram* nonzero "
    "boolean_mask setdiff1d isin in_top_k *approx_* argpartition invert_permutation unravel_index "
    "sequence_mask reverse_sequence broadcast_*_shape shape_n",
    "Elements chosen by tensors": "*scatter* gather_nd batch_gather *dynamic_* segment_* unsorted_segment_* "
    "take_along_axis slice_update get_item select",
    "Order statistics": "median quantile percentile nanmedian nanquantile nanargmax nanargmin nanpercentile "
    "corrcoef trapezoid",
    "Quantisation": "quantize* quantized_* dequantize fake_quant_*",
    "Special functions of two arguments, which iterate": "betainc igamma igammac polygamma zeta polyval",
    "Grids": "meshgrid logspace geomspace empty empty_like array_split repeat dsplit dstack rearrange",
    "Statistics of batches, and losses over replicas": "*moments sufficient_statistics compute_average_loss "
    "scale_regularization_loss circle categorical_generalized_cross_entropy *focal_crossentropy "
    "categorical_crossentropy clip_by_global_norm clip_by_average_norm dot_product_attention normalize",
    "Decided by Python, not by tensors": "math.dist math.frexp math.fsum math.gcd math.isclose math.modf "
    "math.nextafter math.remainder math.ulp math.cbrt math.gamma math.copysign math.fmod math.exp2",
}
"""Functions that have no row on purpose, by reason: patterns of names, or of names with their namespace."""


@dataclass(frozen=True, slots=True)
class Covered:
    """The public functions of one namespace."""

    space: str
    known: tuple[str, ...]
    unmodelled: Mapping[str, tuple[str, ...]]
    """By reason."""
    missing: tuple[str, ...]


def covered(listed: str) -> Iterator[Covered]:
    """What is known of each line `namespace: name name …`."""
    for line in listed.splitlines()[1:]:
        space, _, names = line.partition(": ")
        known: list[str] = []
        unmodelled: dict[str, list[str]] = {}
        missing: list[str] = []
        for name in names.split():
            short = _short(space, name)
            if short in BY_NAME or short in SPECIAL:
                known.append(name)
            elif reason := _reason(short, name):
                unmodelled.setdefault(reason, []).append(name)
            else:
                missing.append(name)
        yield Covered(space, tuple(known), {r: tuple(n) for r, n in unmodelled.items()}, tuple(missing))


def _short(space: str, name: str) -> str:
    full = f"tensorflow{space[2:]}.{name}" if space.startswith("tf") else f"{space}.{name}"
    return canonical(full)


def _reason(short: str, name: str) -> str | None:
    for reason, patterns in UNMODELLED.items():
        if any(fnmatchcase(short if "." in p else name, p) for p in patterns.split()):
            return reason
    return None


def page(listed: str) -> str:
    """The whole of OPS.md."""
    spaces = tuple(covered(listed))
    return "\n\n".join((_head(listed.splitlines()[0], spaces), *map(_section, spaces), _folded())) + "\n"


def _head(versions: str, spaces: Iterable[Covered]) -> str:
    table = "\n".join(
        f"| `{s.space}` | {len(s.known)} | {sum(map(len, s.unmodelled.values()))} | {len(s.missing)} |" for s in spaces
    )
    return (
        "# Ops\n\nGenerated by `npm run update` from the op table and from the names that "
        f"{versions} export (tests/ops/public.txt).\n\n"
        f"{len(ROWS)} rows, {len(BY_NAME)} names. What is unmodelled gives an unknown value: nothing is said of it.\n\n"
        f"| namespace | known | unmodelled | missing |\n| --- | --- | --- | --- |\n{table}"
    )


def _section(space: Covered) -> str:
    parts = [f"## {space.space}", _list("Known", space.known)]
    parts += [_list(reason, names) for reason, names in space.unmodelled.items()]
    parts += [_list("Missing", space.missing)] if space.missing else []
    return "\n\n".join(parts)


def _folded() -> str:
    names = sorted(name.partition(".")[2] for name in BY_NAME if name.startswith("np."))
    return "\n\n".join(("## numpy", _list("Known, on numbers and on tensors", names)))


def _list(title: str, names: Iterable[str]) -> str:
    return fill(f"**{title}:** {', '.join(names)}", 120, break_long_words=False, break_on_hyphens=False)
