// The documents that pages are made of, as the program writes them. Instants and lengths are nanoseconds of virtual time.

export interface PageDocument {
  kind: string;
  title: string;
  answer?: string;
}
