package kyso.interop;

import eu.europa.esig.dss.asic.common.SecureContainerHandlerBuilder;
import eu.europa.esig.dss.asic.common.ZipUtils;

import java.util.List;

/** The EU DSS peer: "validate" judges files, "sign" makes them. One virtual machine serves many files. */
public final class Peer {
	/** DSS stops at 1,000 entries by default; the 1,000-document container has a few more. */
	private static final int MAX_ENTRIES = 2_000;

	private Peer() {
	}

	public static void main(String[] args) throws Exception {
		ZipUtils.getInstance().setZipContainerHandlerBuilder(
				new SecureContainerHandlerBuilder().setMaxAllowedFilesAmount(MAX_ENTRIES));
		List<String> words = List.of(args);
		if (words.size() >= 2 && words.get(0).equals("validate")) {
			new Validation(words.subList(1, words.size())).run();
		} else if (words.size() == 3 && words.get(0).equals("sign")) {
			new Signing(words.get(1)).run(words.get(2));
		} else {
			System.err.println("usage: validate [--trust CERT | --intermediate CERT | --crl CRL | [--content DOC] FILE]...");
			System.err.println("       sign PIN-FILE JOB-FILE");
			System.exit(64);
		}
	}
}
