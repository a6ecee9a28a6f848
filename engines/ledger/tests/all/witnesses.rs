use crate::sample::{self, ORIGIN, TIME};
use duecare_ledger::{
    Hash, SignedCheckpoint,
    key::Verify,
    proof::Prover,
    witness::{AddCheckpoint, Cosigned, Refusal, Seen, cosign},
    writer::history_path,
};

fn request(old_size: u64, size: u64) -> AddCheckpoint {
    let (files, _) = sample::log(&[1, 7, 256, 300]);
    let checkpoint = SignedCheckpoint::parse(&files.0[&history_path(size)]).unwrap();
    let proof = Prover::new(&files, size).consistency(old_size.min(size)).unwrap();
    AddCheckpoint { old_size, proof, checkpoint }
}

fn asked(request: &AddCheckpoint, seen: Seen) -> Result<Cosigned, Refusal> {
    let keys = sample::keys();
    let log: &[&dyn Verify] = &[keys.log.verifier()];
    cosign(request, ORIGIN, log, seen, &keys.witness, TIME)
}

#[test]
fn a_log_that_grows_is_cosigned() {
    let mut seen = Seen::NOTHING;
    for (old, new) in [(0, 1), (1, 7), (7, 300), (300, 300)] {
        let request = request(old, new);
        let text = request.to_string();
        assert_eq!(AddCheckpoint::parse(text.as_bytes()).unwrap(), request);
        let given = asked(&request, seen).unwrap();
        let mut checkpoint = request.checkpoint.clone();
        checkpoint.note_mut().push(given.signature).unwrap();
        sample::trusting(|trust, _| {
            assert_eq!(checkpoint.verify(trust).unwrap()[1].time, Some(TIME));
        });
        assert_eq!(given.seen.size, new);
        seen = given.seen;
    }
}

#[test]
fn refusals_have_the_status_of_the_protocol() {
    let seven = asked(&request(0, 7), Seen::NOTHING).unwrap().seen;
    let status = |refusal: Result<Cosigned, Refusal>| refusal.unwrap_err().http_status();
    assert_eq!(status(asked(&request(0, 300), seven)), 409);
    assert_eq!(asked(&request(0, 300), seven).unwrap_err().size_body().unwrap(), "7\n");
    let mut backwards = request(7, 7);
    backwards.old_size = 8;
    assert_eq!(status(asked(&backwards, seven)), 400);
    let mut proof = request(7, 300);
    proof.proof[0] = Hash::leaf(b"another");
    assert_eq!(status(asked(&proof, seven)), 422);
    let split = Seen { root: Hash::leaf(b"another"), ..seven };
    assert_eq!(status(asked(&request(7, 300), split)), 422);
    assert_eq!(status(asked(&request(7, 7), split)), 409);
    let keys = sample::keys();
    let unknown = cosign(&request(0, 7), "other.example", &[], Seen::NOTHING, &keys.witness, TIME);
    assert_eq!(status(unknown), 404);
    let other: &[&dyn Verify] = &[keys.author.verifier()];
    let unsigned = cosign(&request(0, 7), ORIGIN, other, Seen::NOTHING, &keys.witness, TIME);
    assert_eq!(status(unsigned), 403);
    // A proof for a log never seen must be empty.
    let mut first = request(0, 7);
    first.proof.push(Hash::leaf(b""));
    assert_eq!(status(asked(&first, Seen::NOTHING)), 422);
}

#[test]
fn requests_are_read_strictly() {
    let good = request(7, 300).to_string();
    for (from, to) in [("old 7", "old 07"), ("old 7", "old  7"), ("old 7", "size 7"), ("=\n", "\n")]
    {
        assert!(
            AddCheckpoint::parse(good.replacen(from, to, 1).as_bytes()).is_err(),
            "{from} {to}"
        );
    }
    let hash = format!("{}\n", Hash::leaf(b""));
    let long = good.replacen("old 7\n", &format!("old 7\n{}", hash.repeat(64)), 1);
    assert!(AddCheckpoint::parse(long.as_bytes()).is_err());
}
